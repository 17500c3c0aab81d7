from ._mix import add_noise
from ._simulate import load_simulated, simulate_record, simulate_records

__all__ = ["add_noise", "load_simulated", "simulate_record", "simulate_records"]
