"""Does nothing. Spark fetches jars before it starts a program."""
