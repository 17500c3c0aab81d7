"""``python -m skecg``, the same as the command ``skecg``."""

from skecg.cli import main

if __name__ == "__main__":  # not in the worker processes of joblib, which import this
    main()
