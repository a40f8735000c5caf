"""Pictures outside of the database: encrypted objects under random names."""
