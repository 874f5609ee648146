"""Tables: columns of any type to hashed features, and their crosses."""
