"""What make calls: the environment, the parts of the system, the catalogues, the suite. No product code."""
