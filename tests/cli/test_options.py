"""Options as text, and as commands take them."""

from skecg.cli._options import parse_leads, parse_threshold


def test_leads_are_preferences_or_numbers():
    assert parse_leads(["MLII, V5", "0"]) == [("MLII", "V5"), 0]
    assert parse_leads(None) is None


def test_threshold_is_a_rule_a_number_or_none():
    assert [parse_threshold(t) for t in ("level", "0.5", "none")] == ["level", 0.5, None]
