"""Modal: containers that come with requests and go when they are idle."""
