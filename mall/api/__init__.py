"""The REST API (`/api/v1/`), the merchant API, and the end points that providers and carriers call."""
