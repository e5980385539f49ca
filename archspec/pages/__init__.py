"""Pictures of networks: what is drawn, where it lies, and how it looks; pure functions without torch."""
