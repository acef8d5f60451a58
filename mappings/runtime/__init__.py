"""What generated code calls: values, context, the walk over a message's segments."""
