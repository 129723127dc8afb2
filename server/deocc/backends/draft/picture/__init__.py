"""The whole picture: the hidden pixels' colours."""
