"""Many runs as one table: recipes by categories by seeds, each in a process of its own."""
