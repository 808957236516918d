"""The shopper's and the distributor's pages: Django templates with htmx. One module per screen, no business logic."""
