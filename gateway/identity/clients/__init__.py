"""Machine clients, administered: whatever opens a door wider needs two security administrators, closing it one."""
