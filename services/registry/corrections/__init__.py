"""What the register says is put right by one official and approved by another, side by side; nothing is deleted."""
