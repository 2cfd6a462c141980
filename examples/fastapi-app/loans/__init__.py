"""The process service of a lending team: Flowwright inside a FastAPI application."""
