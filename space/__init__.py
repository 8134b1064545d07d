"""The web page. The only place that knows gradio."""
