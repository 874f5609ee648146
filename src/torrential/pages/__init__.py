"""Reports as people read them: a page in HTML, and a model card in Markdown."""
