from ._occlusion import OcclusionResult, occlusion

__all__ = ["OcclusionResult", "occlusion"]
