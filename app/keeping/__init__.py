"""What is kept how long: the rules of every table and file, the job, holds, unmasking."""
