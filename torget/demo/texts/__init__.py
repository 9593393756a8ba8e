"""What people in Ekevik write and what the municipality answers: invented texts as plain data, no logic."""
