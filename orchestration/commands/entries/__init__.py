"""Every command with its name, its parameters and what it calls; each module ends with the list of its commands."""
