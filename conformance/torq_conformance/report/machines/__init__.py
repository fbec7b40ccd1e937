"""Results in the forms that CI systems read: a module a form, made from a results document."""
