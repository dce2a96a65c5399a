"""The page of exceptions, with what people made of them: whose they are and when they are due."""
