"""How long data of each class is kept, never less than the law says; legal holds; and what is purged then."""
