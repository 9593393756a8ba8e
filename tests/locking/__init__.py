"""Two or more who do the same thing at the same moment, on real connections: one of them wins, nobody is lost."""
