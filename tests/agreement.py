"""Whether a table of shapes says what Keras says of the model."""


def agree(table, model):
    """Compares shape and parameters of every layer, and those of the whole model."""
    for x in table.values():
        layer = model.get_layer(x.name)
        assert tuple(layer.output.shape[1:]) == x.shape, x.name
        assert layer.count_params() == x.parameters, x.name
    assert model.count_params() == table.parameters
