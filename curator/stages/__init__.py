"""The stages of the flow: one file each, one shape, one runner."""
