"""WeChat Pay API v3: orders, refunds, merchant transfers, bills, certificates."""
