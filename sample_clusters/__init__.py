"""Small clusters as Kubernetes YAML, one folder each; `README.md` says what each of them shows."""
