"""HL7's own validator as a second judge: an optional check that needs Java, and Maven once.

`conformance.validator` judges every resource the gateway makes, in microseconds. This one takes
seconds to start and knows what that one leaves out: terminology, where extensions may stand, every
invariant in FHIRPath. It is run over the golden messages (``make official``).
"""
