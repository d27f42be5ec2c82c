"""The test set of the leak detector, built from real chats: planted leaks and clean rewrites."""
