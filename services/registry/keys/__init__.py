"""The key of each person, which the master key wraps, and the indexes by which a person is found.

A ciphertext of `person` opens only with that person's key: whoever destroys it has erased the person, in every backup
too once its keys are brought in step. Nothing of this has a history twin: an old wrapped key would undo that.
"""
