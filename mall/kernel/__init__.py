"""The kernel: money, clock, numbers, transaction marks, events and outbox. It knows no domain and no face."""
