"""What waypath costs."""
