"""What each tier earns and what a refund takes back: pure arithmetic on integers."""
