"""What each route answers with: a row of the route table names one of these."""
