"""Files of people by kind: each module reads one kind as a field and writes it again."""
