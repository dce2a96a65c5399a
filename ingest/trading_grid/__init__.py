"""Trading Grid / Active Community: a generic REST client and a contract that a customer maps onto theirs."""
