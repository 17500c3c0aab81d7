from ._simulate import load_simulated, simulate_record, simulate_records

__all__ = ["load_simulated", "simulate_record", "simulate_records"]
