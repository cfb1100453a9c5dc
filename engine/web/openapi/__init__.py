"""The OpenAPI page of the API, written from one table of calls, and the page for people made of it."""
