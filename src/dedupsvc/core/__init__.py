"""The domain, pure: values in, values out."""
