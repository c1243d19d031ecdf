"""Dashboard: owns the pages officials see. It keeps no data and no rules: it asks the gateway and shows the answer.

Every page works without JavaScript, every state is an address, and a part that is away costs its panel, not the page.
"""
