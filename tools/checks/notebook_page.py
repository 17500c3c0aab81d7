"""The guide's page for users of the notebook has each of its functions."""

from collections.abc import Iterator

from ._files import Problem, Text

PAGE = "docs/guide/from_notebook.rst"
FUNCTIONS = """
    find_paths split_records make_df filter_ecg wavelet_denoising normalize_ecg encoder decoder
    filter_data increase_data frequency_transform spliting_data RNN_model LSTM_model
    evaluate_model predict conf_mat ROC_graph Loss_comp_graph Accuracy_comp_graph model.save
""".split()  # spelled as there


def problems() -> Iterator[Problem]:
    """Yield functions of the notebook that the page lacks."""
    page = Text(PAGE)
    for name in FUNCTIONS:
        if f"``{name}``" not in page.text:
            yield page.problem(f"'{name}' is missing")
