"""What the labs share: options, console and progress, pictures, digits."""
