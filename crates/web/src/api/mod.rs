//! API v1: the same use-cases with JSON, described by OpenAPI.
