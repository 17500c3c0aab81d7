from ._simulate import load_simulated, simulate_record

__all__ = ["load_simulated", "simulate_record"]
