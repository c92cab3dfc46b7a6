"""From policies as they are written to rows."""
