"""Whether a certificate is registered: by a link, in bulk for officials, or offline by a credential."""
