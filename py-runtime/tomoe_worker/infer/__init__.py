"""Text out of a trained model, torch only."""
