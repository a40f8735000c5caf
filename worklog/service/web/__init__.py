"""What every page needs: who looks, what they sent, how it is drawn, what headers go with it.

Pages are rendered on the server and work without a script; htmx and a little script of our
own make them quicker to use. Nothing is loaded from elsewhere, nothing inline runs.
"""
