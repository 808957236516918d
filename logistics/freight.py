"""What delivery costs: a pure function of rule, province and weight."""
